import { InvokeRequest, InvokeResponse } from "./invoke";

/** The call that a method serves. */
export class Context {
  constructor(
    private request: InvokeRequest,
    private response: InvokeResponse,
  ) {}

  get requestId(): string {
    return this.request.request_id;
  }

  /** The same in all calls that one call has caused. */
  get traceId(): string {
    return this.request.trace_id;
  }

  get sessionId(): string {
    return this.request.session_id;
  }

  get llmSessionId(): string {
    return this.request.llm_session_id;
  }

  /** The instance's id, from the manifest. */
  get skillId(): string {
    return this.request.skill_id;
  }

  /** The instance that calls; empty when it is a client. */
  get callerId(): string {
    return this.request.caller_id;
  }

  get method(): string {
    return this.request.method;
  }

  /** What an earlier call has kept; empty when none has. */
  get state(): Uint8Array {
    return this.request.state;
  }

  /** Keeps state for later calls. Empty state leaves it as it is. */
  setState(data: Uint8Array): void {
    this.response.state = data;
  }

  /** Gives the model a text beside the result. */
  setLLMContext(text: string): void {
    this.response.llm_context = text;
  }

  /** Adds a line to the text beside the result. */
  appendLLMContext(text: string): void {
    const before = this.response.llm_context;
    this.response.llm_context = before.length > 0 ? before + "\n" + text : text;
  }
}
