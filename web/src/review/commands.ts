/** What a reviewer can do by key; one list feeds the keyboard, the buttons and the help sheet. */
export interface Command {
  readonly id: CommandId;
  readonly title: string;
  readonly keys: readonly string[];
}

export type CommandId =
  | "accept"
  | "reject"
  | "clear"
  | "undo"
  | "redo"
  | "next"
  | "left"
  | "right"
  | "up"
  | "down"
  | "extend-left"
  | "extend-right"
  | "extend-up"
  | "extend-down"
  | "page-up"
  | "page-down"
  | "first"
  | "last"
  | "all"
  | "zoom"
  | "help";

export const COMMANDS: readonly Command[] = [
  { id: "accept", title: "Accept what is selected", keys: ["a"] },
  { id: "reject", title: "Reject what is selected", keys: ["r"] },
  { id: "clear", title: "Take the verdict back", keys: ["Backspace"] },
  { id: "undo", title: "Undo", keys: ["z"] },
  { id: "redo", title: "Redo", keys: ["y"] },
  { id: "next", title: "Next without a verdict", keys: ["n"] },
  { id: "left", title: "Left", keys: ["ArrowLeft"] },
  { id: "right", title: "Right", keys: ["ArrowRight"] },
  { id: "up", title: "Up", keys: ["ArrowUp"] },
  { id: "down", title: "Down", keys: ["ArrowDown"] },
  { id: "extend-left", title: "Select to the left", keys: ["Shift+ArrowLeft"] },
  { id: "extend-right", title: "Select to the right", keys: ["Shift+ArrowRight"] },
  { id: "extend-up", title: "Select upwards", keys: ["Shift+ArrowUp"] },
  { id: "extend-down", title: "Select downwards", keys: ["Shift+ArrowDown"] },
  { id: "page-up", title: "Some rows up", keys: ["PageUp"] },
  { id: "page-down", title: "Some rows down", keys: ["PageDown"] },
  { id: "first", title: "To the first", keys: ["Home"] },
  { id: "last", title: "To the last", keys: ["End"] },
  { id: "all", title: "Select everything", keys: ["Control+a"] },
  { id: "zoom", title: "Look closer", keys: ["Enter", "e"] },
  { id: "help", title: "Show these keys", keys: ["?"] },
];

export type Bindings = ReadonlyMap<string, CommandId>;

const KEPT = "sebrus-keys";

let known: { readonly own: string | null; readonly bindings: Bindings } | null = null;

/** The keys as they are now: those of the list, with what this person changed, here or in another tab. */
export function bindings(): Bindings {
  const text = localStorage.getItem(KEPT);
  if (known?.own !== text) known = { own: text, bindings: bindingsOf(ownKeys()) };
  return known.bindings;
}

function bindingsOf(own: Partial<Record<CommandId, string>>): Bindings {
  return new Map(COMMANDS.flatMap(({ id, keys }) => (own[id] ? [own[id]] : keys).map((key) => [key, id] as const)));
}

/** The keys of one command. */
export function keysOf(id: CommandId): readonly string[] {
  return [...bindings()].filter(([, command]) => command === id).map(([key]) => key);
}

/**
 * Gives a command another key, kept in this browser; the sentence why not when the key is taken.
 */
export function rebind(id: CommandId, key: string): string | null {
  const holder = bindings().get(key);
  if (holder !== undefined && holder !== id) {
    const title = COMMANDS.find((command) => command.id === holder)?.title ?? holder;
    return `“${key}” is taken by “${title}”; choose another key.`;
  }
  localStorage.setItem(KEPT, JSON.stringify({ ...ownKeys(), [id]: key }));
  return null;
}

/** Puts all keys back to those of the list. */
export function resetKeys(): void {
  localStorage.removeItem(KEPT);
}

/** A key press in the form that bindings are written in. */
export function pressed(event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Control");
  if (event.altKey) parts.push("Alt");
  // A letter or sign that is typed with shift is its own key.
  if (event.shiftKey && event.key.length > 1) parts.push("Shift");
  return [...parts, key].join("+");
}

function ownKeys(): Partial<Record<CommandId, string>> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Record<CommandId, string>>;
  } catch {
    return {};
  }
}
