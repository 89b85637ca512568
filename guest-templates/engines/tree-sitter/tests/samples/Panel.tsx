import React, { useState } from "react";

/** What a panel is given. */
interface Props {
  title: string;
  onClose?: () => void;
}

export const Panel: React.FC<Props> = ({ title, onClose }) => {
  const [open, setOpen] = useState(true);

  function close() {
    setOpen(false);
    onClose?.();
  }

  return open ? (
    <section className="panel">
      <h2>{title}</h2>
      <button onClick={() => close()}>Close</button>
    </section>
  ) : null;
};

export default class Boundary extends React.Component<{ children: React.ReactNode }> {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    return this.state.failed ? <p>Sorry.</p> : this.props.children;
  }
}

type Size = "small" | "large";

export function useSize<T extends Size>(size: T) {
  return size;
}
