/** Messages one under the other; it stays at its end while one is there. */

import { useEffect, useLayoutEffect, useRef, type ReactNode } from "react";

const NEAR = 60;

export function Timeline({ label, of, children }: { label: string; of: string; children: ReactNode }) {
  const own = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  useEffect(() => {
    stick.current = true;
  }, [of]);
  useLayoutEffect(() => {
    if (stick.current && own.current) own.current.scrollTop = own.current.scrollHeight;
  });
  const onScroll = () => {
    const box = own.current!;
    stick.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  };
  return (
    <div className="timeline" ref={own} role="log" aria-label={label} tabIndex={0} onScroll={onScroll}>
      {children}
    </div>
  );
}
