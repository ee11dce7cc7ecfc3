/** Who and where one is, kept in the address, so that each tab can be somebody else. */

import { useCallback, useEffect, useState } from "react";

export interface Place {
  /** the handle of the person whom one acts as */
  as: string;
  /** a channel's id or `@handle` */
  at: string;
  /** the time stamp of the message whose thread is open, or nothing */
  thread: string;
  /** `home` for the app's home tab */
  tab: string;
}

const NAMES = ["as", "at", "thread", "tab"] as const;

function read(): Place {
  const given = new URLSearchParams(location.hash.slice(1));
  const [as, at, thread, tab] = NAMES.map((name) => given.get(name) ?? "");
  return { as: as!, at: at!, thread: thread!, tab: tab! };
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
