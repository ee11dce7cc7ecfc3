/** Who and where one is, kept in the address, so that each tab can be somebody else. */

import { useCallback, useEffect, useState } from "react";

export interface Place {
  /** the handle of the person whom one acts as */
  as: string;
  /** a channel's id or `@handle` */
  at: string;
  /** the time stamp of the message whose thread is open, or nothing */
  thread: string;
  /** the time stamp of the message that a link led to, or nothing */
  message: string;
  /** `home` for the app's home tab */
  tab: string;
}

const NAMES = ["as", "at", "thread", "message", "tab"] as const;

function read(): Place {
  const given = new URLSearchParams(location.hash.slice(1));
  const [as, at, thread, message, tab] = NAMES.map((name) => given.get(name) ?? "");
  return { as: as!, at: at!, thread: thread!, message: message!, tab: tab! };
}

export function usePlace(): [Place, (change: Partial<Place>) => void] {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const look = () => setPlace(read());
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  const go = useCallback((change: Partial<Place>) => {
    const next = { ...read(), ...change };
    const told = new URLSearchParams();
    for (const name of NAMES) if (next[name]) told.set(name, next[name]);
    history.replaceState(null, "", `#${told}`);
    setPlace(next);
  }, []);
  return [place, go];
}

const PERMALINK = /^\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/;

/** Where a permalink of this workspace leads; null for any other address. */
export function linked(href: string): Partial<Place> | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  const found = url.origin === location.origin && PERMALINK.exec(url.pathname);
  if (!found) return null;
  const thread = url.searchParams.get("thread_ts") ?? "";
  return { at: found[1]!, message: `${found[2]}.${found[3]}`, thread, tab: "" };
}
