/** Hears from the workspace that something is new. */

import { useEffect, useState } from "react";

export interface News {
  changes: number;
  traffic: number;
  connected: boolean;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000;

/** The latest numbers; the line is taken up again by itself. */
export function useLive(): News {
  const [news, setNews] = useState<News>({ changes: -1, traffic: -1, connected: true });
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer = 0;
    let pause = FIRST_PAUSE;
    let over = false;
    const connect = () => {
      socket = new WebSocket(`ws://${location.host}/_control/live`);
      socket.onmessage = (event) => {
        pause = FIRST_PAUSE;
        setNews({ ...JSON.parse(event.data), connected: true });
      };
      socket.onclose = () => {
        if (over) return;
        setNews((known) => ({ ...known, connected: false }));
        timer = window.setTimeout(connect, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      };
    };
    connect();
    return () => {
      over = true;
      window.clearTimeout(timer);
      socket?.close();
    };
  }, []);
  return news;
}
