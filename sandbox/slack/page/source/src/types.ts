/** What the control API tells, as far as the page reads it. */

export interface Text {
  type: string;
  text: string;
}

export interface Option {
  text: Text;
  value: string;
  description?: Text;
}

export interface Confirm {
  title: Text;
  text: Text;
  confirm: Text;
  deny: Text;
  style?: string;
}

/** A block's element: a button, a menu, an input. */
export interface Element {
  type: string;
  action_id: string;
  text?: Text;
  value?: string;
  url?: string;
  style?: string;
  confirm?: Confirm;
  placeholder?: Text;
  accessibility_label?: string;
  options?: Option[];
  option_groups?: { label: Text; options: Option[] }[];
  min_query_length?: number;
  max_selected_items?: number;
  multiline?: boolean;
  min_length?: number;
  max_length?: number;
  min_value?: string;
  max_value?: string;
  is_decimal_allowed?: boolean;
  focus_on_load?: boolean;
  dispatch_action_config?: { trigger_actions_on?: string[] };
  [more: string]: unknown;
}

export interface Block {
  type: string;
  block_id: string;
  [more: string]: any;
}

/** What an input holds: `{type, value}`, `{type, selected_option}` and so on. */
export type Entry = { type: string } & Record<string, any>;
export type Values = Record<string, Record<string, Entry>>;

export interface Message {
  ts: string;
  user: string;
  text: string;
  channel: string;
  blocks?: Block[];
  files?: { id: string; name: string; title: string; size: number }[];
  thread_ts?: string;
  reply_count?: number;
  latest_reply?: string;
  subtype?: string;
  bot_id?: string;
  is_ephemeral?: boolean;
  edited?: object;
  pinned_to?: string[];
  values: Values;
}

export interface View {
  id: string;
  type: "modal" | "home";
  blocks: Block[];
  title: Text;
  submit: Text | null;
  close: Text | null;
  hash: string;
  state: { values: Values };
  errors: Record<string, string>;
  notice: string;
}

export interface Conversation {
  place: string;
  id: string | null;
  name: string;
  kind: "public" | "private" | "im";
  unread: number;
}

export interface Channel {
  channel: string;
  messages: Message[];
  replies: Message[];
  ephemerals: Message[];
}

export interface Screen {
  number: number;
  conversations: Conversation[];
  channel: Channel | null;
  /** why there is no channel: one is not in it, or there is none */
  refused: string | null;
  modals: View[];
  home: View | null;
}

export interface Member {
  id: string;
  handle: string;
  real_name: string;
  part: string;
  deleted: boolean;
}

export interface Command {
  name: string;
  description: string;
  usage_hint: string;
}

export interface Cast {
  people: Member[];
  bot: Member;
  system: Member;
  groups: { id: string; handle: string; name: string }[];
  channels: { id: string; name: string }[];
  commands: Command[];
  home: boolean;
}

/** What came of an act. */
export interface Outcome {
  request_id: string | null;
  error: string | null;
  note: string;
  errors: Record<string, string>;
}

/** One exchange between workspace and app; `in` comes from the app. */
export interface Exchange {
  number: number;
  at: number;
  direction: "in" | "out";
  kind: string;
  request: any;
  answer: any;
  milliseconds: number;
  details: Record<string, unknown>;
}
