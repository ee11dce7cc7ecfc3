/** What there is to choose from in a menu: its own options, people, or channels. */

import { words } from "./entries";
import type { Cast, Element } from "../types";

export interface Choice {
  value: string;
  text: string;
  more?: string;
}

export interface Group {
  label: string;
  choices: Choice[];
}

export function groupsOf(cast: Cast, element: Element): Group[] {
  if (element.type.includes("users_select")) {
    const there = cast.people.filter((member) => !member.deleted);
    return [{ label: "", choices: there.map((m) => ({ value: m.id, text: `@${m.handle}` })) }];
  }
  if (element.type.includes("channels_select") || element.type.includes("conversations_select")) {
    return [{ label: "", choices: cast.channels.map((c) => ({ value: c.id, text: `#${c.name}` })) }];
  }
  const grouped = element.option_groups ?? [{ label: undefined, options: element.options ?? [] }];
  return grouped.map((group) => ({
    label: words(group.label),
    choices: group.options.map((option) => ({
      value: option.value,
      text: words(option.text),
      more: words(option.description),
    })),
  }));
}
