/** The exchanges between workspace and app, kept up to date, and what each was about. */

import { useEffect, useRef, useState } from "react";
import { readTraffic } from "../api";
import type { Exchange } from "../types";

const KEPT = 500;

/** The latest exchanges, newest last; `number` is that of the latest one. */
export function useExchanges(number: number): Exchange[] {
  const [known, setKnown] = useState<Exchange[]>([]);
  const busy = useRef(false);
  const wanted = useRef(0);
  useEffect(() => {
    if (number < 0) return;
    wanted.current = number;
    if (busy.current) return;
    busy.current = true;
    const read = async () => {
      let seen = -1;
      while (seen !== wanted.current) {
        seen = wanted.current;
        try {
          setKnown(await withNewer());
        } catch {
          // the workspace is gone: the page says so elsewhere
        }
      }
      busy.current = false;
    };
    void read();
  }, [number]);

  const latest = useRef<Exchange[]>([]);
  const withNewer = async () => {
    const after = latest.current.at(-1)?.number ?? 0;
    const { entries } = await readTraffic(after, KEPT);
    latest.current = [...latest.current, ...entries].slice(-KEPT);
    return latest.current;
  };
  return known;
}

/** What it was about, for one line. */
export function subjectOf({ kind, request }: Exchange): string {
  if (!request || typeof request !== "object") return "";
  if (kind === "slash_commands") return `${request.command} ${request.text}`;
  if (kind === "events_api") return request.event?.type ?? "";
  if (kind === "interactive") {
    const action = request.actions?.[0]?.action_id ?? request.action_id;
    return [request.type, action ?? request.view?.callback_id].filter(Boolean).join(" ");
  }
  return `${request.text ?? request.view_id ?? request.user ?? request.channel ?? ""}`;
}

export function personOf({ request }: Exchange): string {
  const user = request?.user_name ?? request?.user?.username ?? request?.event?.user;
  return typeof user === "string" ? user : "";
}

/** How it ended: nothing for well. */
export function troubleOf({ answer }: Exchange): string {
  if (answer && typeof answer === "object") return answer.error ?? "";
  return "";
}
