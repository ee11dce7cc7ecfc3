/** What the person whom one acts as has before them, read again after every change. */

import { useEffect, useRef, useState } from "react";
import { doAs, readScreen, Refused } from "./api";
import type { Screen } from "./types";

interface Seen {
  of: string;
  screen: Screen | null;
  problem: string;
}

/** The screen of `user` with `place` open; `number` is that of the latest change. */
export function useScreen(user: string, place: string, number: number, connected: boolean) {
  const of = `${user} ${place}`;
  const [seen, setSeen] = useState<Seen>({ of: "", screen: null, problem: "" });
  const reading = useRef({ of: "", busy: false, again: false });

  useEffect(() => {
    if (!user || number < 0 || !connected) return;
    // one request at a time: what changes meanwhile is read with the next one
    if (reading.current.busy && reading.current.of === of) {
      reading.current.again = true;
      return;
    }
    const own = { of, busy: true, again: false };
    reading.current = own;
    const read = async () => {
      do {
        own.again = false;
        try {
          const screen = await readScreen(user, place);
          if (reading.current === own) setSeen({ of, screen, problem: "" });
        } catch (error) {
          if (reading.current !== own) return;
          const problem = error instanceof Refused ? error.message : String(error);
          setSeen((known) => ({ of, screen: known.of === of ? known.screen : null, problem }));
        }
      } while (own.again && reading.current === own);
      own.busy = false;
    };
    void read();
  }, [of, user, place, number, connected]);

  const current = seen.of === of ? seen : null;
  const screen = current?.screen ?? null;
  useReadMark(user, place, screen);
  return { screen, problem: current?.problem ?? "" };
}

/** Tells the workspace that the person has seen what stands in the channel before them. */
function useReadMark(user: string, place: string, screen: Screen | null) {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const unread = screen?.conversations.find((one) => one.place === place)?.unread ?? 0;
  useEffect(() => {
    if (visible && unread > 0) void doAs(user, "read", { channel: place }).catch(() => undefined);
  }, [visible, unread, user, place]);
}
