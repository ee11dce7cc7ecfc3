/** Acting on a message. */

import { useState } from "react";
import { doAs, suggestFor } from "../api";
import { useConfirm } from "../dialogs/confirm";
import type { Block, Element, Message } from "../types";
import type { Value } from "./entries";
import { keyOf, type Surface } from "./surface";

/** The surface, and what went wrong with the last act. */
export function useMessageSurface(user: string, message: Message): [Surface, string] {
  const confirm = useConfirm();
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set());
  const [trouble, setTrouble] = useState("");

  const act = async (block: Block, element: Element, value: Value | undefined, more: object) => {
    if (!(await confirm(element.confirm))) return;
    const key = keyOf(block, element);
    setWaiting((known) => new Set(known).add(key));
    setTrouble("");
    try {
      const names = { block_id: block.block_id, action_id: element.action_id };
      const place = { channel: message.channel, ts: message.ts };
      // the element as it is seen here: the message may have changed since
      const outcome = await doAs(user, "act", { ...place, ...names, element, value, ...more });
      if (outcome.error) setTrouble(outcome.note || outcome.error);
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setWaiting((known) => new Set([...known].filter((one) => one !== key)));
    }
  };
  const surface: Surface = {
    entry: (block, element) => message.values[block.block_id]?.[element.action_id],
    draft: () => undefined,
    press: (block, element, value) => act(block, element, value, {}),
    change: (block, element, value, how = {}) =>
      void act(block, element, value, { suggested: how.suggested ?? [] }),
    suggest: (block, element, value) => {
      const names = { block_id: block.block_id, action_id: element.action_id };
      return suggestFor(user, { channel: message.channel, ts: message.ts, ...names, value });
    },
    waits: (block, element) => waiting.has(keyOf(block, element)),
  };
  return [surface, trouble];
}
