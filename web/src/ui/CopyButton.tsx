import { useState } from "react";
import { say } from "../strings";

/** Copies a text, and says that it did. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      onBlur={() => setCopied(false)}
    >
      {copied ? say.account.copied : say.account.copy}
    </button>
  );
}
