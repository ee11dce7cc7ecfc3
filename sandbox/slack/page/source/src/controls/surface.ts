/** Where a control stands, a message or a view, and what acting on it does. */

import { createContext, useContext } from "react";
import type { Block, Element, Entry, Option } from "../types";
import type { Value } from "./entries";

export interface Surface {
  /** What the input holds, as far as the workspace knows. */
  entry(block: Block, element: Element): Entry | undefined;
  /** What was put in and is not known there yet; undefined for nothing. */
  draft(block: Block, element: Element): Value | undefined;
  /** Presses a button or picks from an overflow menu; asks back first where the element says so. */
  press(block: Block, element: Element, value?: string): Promise<void>;
  /** Puts something into an input. `typing`: more may follow, and nothing is announced yet. */
  change(block: Block, element: Element, value: Value, how?: How): void;
  /** The choices that the app offers for what was typed. */
  suggest(block: Block, element: Element, typed: string): Promise<Option[]>;
  /** Whether the app has yet to take a press of this button. */
  waits(block: Block, element: Element): boolean;
}

export interface How {
  typing?: boolean;
  suggested?: Option[];
}

export const SurfaceContext = createContext<Surface | null>(null);

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (!surface) throw new Error("A control stands on a message or in a view.");
  return surface;
}

export const keyOf = (block: Block, element: Element) =>
  `${block.block_id}/${element.action_id}/${element.type}`;

/** What every control gets: `label` names it for those who do not see it; `ids` tie it to its words. */
export interface ControlProps {
  block: Block;
  element: Element;
  label: string;
  id: string;
  describedBy?: string;
  invalid?: boolean;
}

/** The value that shows: what one has just put in, or else what is known. */
export function shown<T extends Value>(
  surface: Surface,
  { block, element }: ControlProps,
  read: (element: Element, entry: Entry | undefined) => Value,
): T {
  const draft = surface.draft(block, element);
  return (draft === undefined ? read(element, surface.entry(block, element)) : draft) as T;
}

export const aria = ({ id, label, describedBy, invalid }: ControlProps) => ({
  id,
  "aria-label": label,
  "aria-describedby": describedBy,
  "aria-invalid": invalid || undefined,
});
