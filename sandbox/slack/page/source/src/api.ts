/** Requests to the control API: everything the page knows and does goes through here. */

import type { Cast, Exchange, Option, Outcome, Screen } from "./types";

/** The workspace does not let a person do this, or cannot be reached; the message is for people. */
export class Refused extends Error {}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/_control/${path}`, init);
  } catch {
    throw new Refused("The workspace cannot be reached. Is the sandbox still up?");
  }
  const answer = await response.json();
  if (!response.ok) {
    const notes: string[] = answer.response_metadata?.messages ?? [];
    throw new Refused([answer.error, ...notes].join(" "));
  }
  return answer as T;
}

function post<T>(path: string, body: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return call<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
}

const query = (values: Record<string, string>) => new URLSearchParams(values).toString();

export const readCast = () => call<Cast>("cast");

export const readScreen = (user: string, place: string) =>
  call<Screen>(`people/${user}/screen?${query(place ? { channel: place } : {})}`);

export const readTraffic = (after: number, limit: number) =>
  call<{ entries: Exchange[] }>(`traffic?${query({ after: `${after}`, limit: `${limit}` })}`);

export const doAs = (user: string, what: string, body: object = {}) =>
  post<Outcome>(`people/${user}/${what}`, body);

export const suggestFor = async (user: string, body: object) =>
  (await post<{ options: Option[] }>(`people/${user}/suggest`, body)).options;
