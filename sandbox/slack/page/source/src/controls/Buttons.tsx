/** Buttons, and the overflow menu, which is several behind three dots. */

import { useEffect, useRef, useState } from "react";
import { Emoji } from "../blocks/Emoji";
import type { Block, Element } from "../types";
import { words } from "./entries";
import { useSurface } from "./surface";

interface Props {
  block: Block;
  element: Element;
}

export function ButtonControl({ block, element }: Props) {
  const surface = useSurface();
  const waits = surface.waits(block, element);
  const press = () => void surface.press(block, element);
  const style = element.style === "primary" || element.style === "danger" ? element.style : "plain";
  const shared = { className: `button ${style}`, "aria-label": element.accessibility_label };
  if (element.url) {
    return (
      <a {...shared} href={element.url} target="_blank" rel="noreferrer" onClick={press}>
        <Emoji text={words(element.text)} />
      </a>
    );
  }
  return (
    <button type="button" {...shared} data-action={element.action_id} onClick={press} aria-busy={waits} disabled={waits}>
      <Emoji text={words(element.text)} />
    </button>
  );
}

export function OverflowControl({ block, element }: Props) {
  const surface = useSurface();
  const [open, setOpen] = useState(false);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    own.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const leave = (event: Event) => {
      if (!own.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [open]);
  const shut = () => {
    setOpen(false);
    own.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      shut();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...(own.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <div className="overflow" ref={own} onKeyDown={onKeyDown}>
      <button type="button" className="button plain" aria-label="More" aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        ⋯
      </button>
      {open && (
        <div className="menu" role="menu">
          {(element.options ?? []).map((option) => (
            <button
              key={option.value}
              type="button"
              role="menuitem"
              onClick={() => {
                shut();
                void surface.press(block, element, option.value);
              }}
            >
              <Emoji text={words(option.text)} />
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
