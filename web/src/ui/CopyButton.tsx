import { useState } from "react";
import { say } from "../strings";

/** Puts a text into the clipboard; `about` says what it is to whoever does not see it. */
export function CopyButton({ text, about }: { text: string; about?: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      onBlur={() => setCopied(false)}
    >
      {copied ? say.account.copied : say.account.copy}
      {about && <span className="hidden-but-read"> {about}</span>}
    </button>
  );
}
