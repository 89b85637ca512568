import { EventEmitter } from "node:events";

/** A name of an event. */
export type Name = "open" | "close";

export interface Listener<T> extends Function {
  (value: T): void;
  /** How often it was called. */
  calls: number;
  reset(): void;
}

export enum Level {
  Low = 1,
  High,
}

declare function log(message: string): void;

export namespace Tools {
  export function only<T>(items: T[]): T {
    return items[0];
  }
  export const depth = 3;
}

/** Sends events. */
export abstract class Channel<T> implements Disposable {
  private listeners: Listener<T>[] = [];
  readonly level = Level.Low;

  constructor(private readonly name: Name) {}

  abstract send(value: T): Promise<void>;

  protected each(visit: (listener: Listener<T>) => void): this {
    this.listeners.forEach(visit);
    return this;
  }

  handler = async (value: T): Promise<void> => {
    await this.send(value);
  };

  static of<T>(name: Name): Channel<T>;
  static of<T>(name: Name, level?: Level): Channel<T> {
    throw new Error(`${name} ${level}`);
  }

  [Symbol.dispose]() {}
}

@sealed
export class Quiet extends Channel<string> {
  @logged()
  async send(): Promise<void> {}
}

export const create = <T>(value: T): T => {
  const inner = () => value;
  return inner();
};

const table: Record<string, number> = {
  one: 1,
};

export default function main(): void {
  log(String(table.one));
}
