/** Filling in and pressing in a modal or the home tab.

What is typed goes to the workspace a moment later and in order; until then, and for as long as the
view keeps the input, what one typed is what shows, whatever the app changes around it. */

import { useRef, useState } from "react";
import { doAs, suggestFor } from "../api";
import { useConfirm } from "../dialogs/confirm";
import type { Block, Element, View } from "../types";
import type { Value } from "./entries";
import { keyOf, type Surface } from "./surface";

const PAUSE_MS = 200;

export interface ViewSurface extends Surface {
  /** Brings everything that was typed to the workspace. */
  flush(): Promise<void>;
  trouble: string;
}

export function useViewSurface(user: string, view: View): ViewSurface {
  const confirm = useConfirm();
  const [drafts, setDrafts] = useState<Record<string, Value>>({});
  const [waiting, setWaiting] = useState("");
  const [trouble, setTrouble] = useState("");
  const queue = useRef(Promise.resolve());
  const pending = useRef(new Map<string, { timer: number; send: () => void }>());

  const send = (block: Block, element: Element, more: object) => {
    const names = { view_id: view.id, block_id: block.block_id, action_id: element.action_id };
    const sent = queue.current.then(async () => {
      try {
        const outcome = await doAs(user, "act", { ...names, ...more });
        setTrouble(outcome.error ? outcome.note || outcome.error : "");
      } catch (error) {
        setTrouble((error as Error).message);
      }
    });
    queue.current = sent;
    return sent;
  };
  const flush = async () => {
    for (const { timer, send: now } of pending.current.values()) {
      window.clearTimeout(timer);
      now();
    }
    pending.current.clear();
    await queue.current;
  };
  const change: Surface["change"] = (block, element, value, how = {}) => {
    const key = keyOf(block, element);
    const before = drafts[key];
    setDrafts((known) => ({ ...known, [key]: value }));
    window.clearTimeout(pending.current.get(key)?.timer);
    pending.current.delete(key);
    if (!how.typing) {
      void confirm(element.confirm).then((meant) => {
        if (meant) return send(block, element, { value });
        return setDrafts((known) => ({ ...known, [key]: before as Value }));
      });
      return;
    }
    const now = () => void send(block, element, { value, quiet: true });
    const later = () => {
      pending.current.delete(key);
      now();
    };
    pending.current.set(key, { timer: window.setTimeout(later, PAUSE_MS), send: now });
  };
  const press: Surface["press"] = async (block, element, value) => {
    if (!(await confirm(element.confirm))) return;
    setWaiting(keyOf(block, element));
    await flush();
    await send(block, element, { value });
    setWaiting("");
  };
  return {
    entry: (block, element) => view.state.values[block.block_id]?.[element.action_id],
    draft: (block, element) => drafts[keyOf(block, element)],
    press,
    change,
    suggest: async (block, element, value) => {
      const names = { block_id: block.block_id, action_id: element.action_id };
      return suggestFor(user, { view_id: view.id, ...names, value });
    },
    waits: (block, element) => waiting === keyOf(block, element),
    flush,
    trouble,
  };
}
