/** The slash commands that fit what is typed, and what can follow them, as the manifest says. */

import type { Command } from "../types";

export interface Suggestion {
  /** what the line becomes */
  line: string;
  /** what it shows */
  text: string;
  more: string;
}

/** For a line that begins with a slash: the commands, and the ways to use the one that is there. */
export function suggestionsFor(commands: Command[], line: string): Suggestion[] {
  if (!line.startsWith("/") || line.includes("\n")) return [];
  const all = commands.flatMap((command) => [
    { line: command.name, text: command.name, more: command.description },
    ...usages(command),
  ]);
  return all.filter((one) => one.line.startsWith(line) || one.text.startsWith(line));
}

/** `start [instance] | list` is two usages: up to what people put in themselves, they are typed. */
function usages(command: Command): Suggestion[] {
  return command.usage_hint
    .split("|")
    .map((usage) => usage.trim())
    .filter(Boolean)
    .map((usage) => {
      const fixed = usage.replace(/\s*[[<].*$/, "");
      const open = fixed === usage ? "" : " ";
      return { line: `${command.name} ${fixed}${open}`, text: `${command.name} ${usage}`, more: "" };
    });
}
