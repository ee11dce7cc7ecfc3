/** A dialog over the workspace: the focus stays in it, Esc leaves it, and afterwards goes back.

The bar above and the inspector below belong to the simulator, not to the workspace: a mouse reaches
them while a dialog is open. */

import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";

interface Props {
  title: string;
  role?: "dialog" | "alertdialog";
  onEscape: () => void;
  /** another content, to whose first field the focus goes */
  content?: string;
  before?: ReactNode;
  after?: ReactNode;
  children: ReactNode;
}

const REACHABLE = "a[href], button, input, select, textarea, [tabindex='0']";
const FIELDS = "input, select, textarea";

export function Dialog({ title, role = "dialog", onEscape, content, before, after, children }: Props) {
  const own = useRef<HTMLDivElement>(null);
  const name = useId();

  const reachable = (among = REACHABLE) =>
    [...(own.current?.querySelectorAll<HTMLElement>(among) ?? [])].filter(
      (element) => !(element as HTMLInputElement).disabled && element.offsetParent !== null,
    );

  // before the browser takes the focus away from what is inert from now on
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    // what is under it can take the focus again a moment later
    return () => void requestAnimationFrame(() => before?.focus());
  }, []);
  useEffect(() => {
    const here = document.activeElement;
    const filling = own.current?.contains(here) && here?.matches(FIELDS);
    if (!filling) (reachable(FIELDS)[0] ?? reachable("footer button").at(-1) ?? own.current)?.focus();
  }, [content]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onEscape();
    }
    if (event.key !== "Tab") return;
    const all = reachable();
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (!all.length || document.activeElement === edge || document.activeElement === own.current) {
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0])?.focus();
    }
  };
  return (
    <div className="veil">
      <div className={`dialog ${role}`} ref={own} role={role} aria-modal="true" aria-labelledby={name} tabIndex={-1} onKeyDown={onKeyDown}>
        <header>
          {before}
          <h2 id={name}>{title}</h2>
          {after}
        </header>
        {children}
      </div>
    </div>
  );
}
