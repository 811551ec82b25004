import { useId } from "react";
import { say } from "../strings";
import type { Source, useNode } from "./verification";

const words = say.release.verify;

/** Whom the browser asks about the chain, and what that means. */
export function NodeField({
  node,
  rpcUrl,
  disabled,
}: {
  node: ReturnType<typeof useNode>;
  rpcUrl: string | null;
  disabled: boolean;
}) {
  const { source, choose, url, name, hasWallet } = node;
  const field = useId();
  const options: readonly (readonly [Source, string, boolean])[] = [
    ["own", words.own, true],
    ["wallet", words.wallet, hasWallet],
    ["server", words.server(rpcUrl ?? ""), rpcUrl !== null],
  ];
  const there = options.filter(([, , is]) => is);
  return (
    <fieldset className="card" disabled={disabled}>
      <legend>{words.node}</legend>
      {there.map(([value, label]) => (
        <label key={value} className="row">
          <input type="radio" name={field} checked={source === value} onChange={() => choose(value)} />
          <span>{label}</span>
        </label>
      ))}
      {source === "own" && (
        <div className="field">
          <label htmlFor={field}>{words.url}</label>
          <input
            id={field}
            type="url"
            value={url}
            placeholder="https://"
            onChange={({ target }) => name(target.value)}
          />
        </div>
      )}
      <p className="quiet">{words.trust[source]}</p>
    </fieldset>
  );
}
