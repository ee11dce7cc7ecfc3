/** A link; one to a message of this workspace leads there, as the same person. */

import { createContext, useContext, type ReactNode } from "react";
import { linked, type Place } from "../place";

type Go = (change: Partial<Place>) => void;

export const GoContext = createContext<Go>(() => undefined);

export function Link({ href, className, children }: { href: string; className: string; children: ReactNode }) {
  const go = useContext(GoContext);
  const there = linked(href);
  if (!there) {
    return (
      <a href={href} className={className} target="_blank" rel="noreferrer">
        {children}
      </a>
    );
  }
  const follow = (event: React.MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(there);
  };
  return (
    <a href={href} className={className} onClick={follow}>
      {children}
    </a>
  );
}
