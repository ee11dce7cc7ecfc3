/** What passes between workspace and app: a list, a filter, and the payloads. */

import { useState } from "react";
import { memberOf, useCast } from "../cast";
import type { Exchange } from "../types";
import { personOf, subjectOf, troubleOf, useExchanges } from "./exchanges";

interface Props {
  number: number;
  onClose: () => void;
}

type Which = "all" | "out" | "in" | "trouble";
const WHICH: [Which, string][] = [
  ["all", "All"],
  ["out", "To the app"],
  ["in", "From the app"],
  ["trouble", "Trouble"],
];

export function Inspector({ number, onClose }: Props) {
  const exchanges = useExchanges(number);
  const [which, setWhich] = useState<Which>("all");
  const [wanted, setWanted] = useState("");
  const [open, setOpen] = useState(0);
  const [since, setSince] = useState(0);
  const found = exchanges.filter((one) => one.number > since && fits(one, which, wanted)).reverse();
  return (
    <section className="inspector" aria-label="Inspector">
      <header>
        <h2>Inspector</h2>
        <select aria-label="Which exchanges" value={which} onChange={(event) => setWhich(event.target.value as Which)}>
          {WHICH.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <input type="search" aria-label="Filter" placeholder="Filter: a method, a word of a payload …" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        <span className="muted count-of">{found.length} shown</span>
        <button type="button" className="button plain small" onClick={() => setSince(exchanges.at(-1)?.number ?? 0)}>
          Clear
        </button>
        <button type="button" className="button plain small" aria-label="Close the inspector" onClick={onClose}>
          ×
        </button>
      </header>
      <ol>
        {found.map((one) => (
          <Line key={one.number} exchange={one} open={open === one.number} onOpen={() => setOpen(open === one.number ? 0 : one.number)} />
        ))}
      </ol>
    </section>
  );
}

function fits(exchange: Exchange, which: Which, wanted: string): boolean {
  if (which === "trouble" && !troubleOf(exchange)) return false;
  if ((which === "in" || which === "out") && exchange.direction !== which) return false;
  return !wanted || JSON.stringify(exchange).toLowerCase().includes(wanted.toLowerCase());
}

function Line({ exchange, open, onOpen }: { exchange: Exchange; open: boolean; onOpen: () => void }) {
  const cast = useCast();
  const trouble = troubleOf(exchange);
  const person = personOf(exchange);
  const to = exchange.direction === "out";
  return (
    <li className={trouble ? "exchange wrong" : "exchange"}>
      <button type="button" aria-expanded={open} onClick={onOpen}>
        <span className="way" title={to ? "to the app" : "from the app"}>
          <span aria-hidden="true">{to ? "→" : "←"}</span>
          <span className="unseen">{to ? "to the app" : "from the app"}</span>
        </span>
        <span className="kind">{exchange.kind}</span>
        <span className="subject">{subjectOf(exchange)}</span>
        <span className="who">{person && memberOf(cast, person).handle}</span>
        <span className="ended">{trouble || "ok"}</span>
        <span className="took">{exchange.milliseconds} ms</span>
        <time>{new Date(exchange.at * 1000).toLocaleTimeString()}</time>
      </button>
      {open && (
        <div className="payloads">
          <Payload title="Request" value={exchange.request} />
          <Payload title="Answer" value={exchange.answer} />
        </div>
      )}
    </li>
  );
}

function Payload({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <h3>{title}</h3>
      <pre tabIndex={0} aria-label={title}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </div>
  );
}
