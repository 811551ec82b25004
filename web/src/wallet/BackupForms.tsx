import { type FormEvent, useId, useState } from "react";
import { say } from "../strings";
import { Failure } from "../ui/basics";
import { keyForBackup } from "./browser";
import { writeKeystore } from "./keystore";
import { restoreBrowserWallet } from "./store";
import type { Wallet } from "./wallet";

const LEAST_PASSPHRASE = 8;

/** Downloads the browser's key as a file that other wallets import too. */
export function BackupForm({ address }: { address: string }) {
  const [error, setError] = useState<unknown>(null);
  const name = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const passphrase = String(new FormData(form).get("passphrase"));
    try {
      save(`sebrus-wallet-${address}.json`, await writeKeystore(await keyForBackup(), passphrase));
      form.reset();
      setError(null);
    } catch (wrong) {
      setError(wrong);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <p className="quiet">{say.wallet.backupHint}</p>
      <div className="field">
        <label htmlFor={name}>{say.wallet.newPassphrase}</label>
        <input
          id={name}
          name="passphrase"
          type="password"
          minLength={LEAST_PASSPHRASE}
          required
          autoComplete="new-password"
        />
      </div>
      <button type="submit" className="button">
        {say.wallet.backup}
      </button>
      {error !== null && <Failure error={error} />}
    </form>
  );
}

/** Takes up the key of a backup file. */
export function RestoreForm({ restored }: { restored: (wallet: Promise<Wallet>) => Promise<void> }) {
  const [error, setError] = useState<unknown>(null);
  const file = useId();
  const passphrase = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      const text = await (form.get("file") as File).text();
      await restored(restoreBrowserWallet(text, String(form.get("passphrase"))));
    } catch (wrong) {
      setError(wrong);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor={file}>{say.wallet.file}</label>
        <input id={file} name="file" type="file" accept="application/json,.json" required />
      </div>
      <div className="field">
        <label htmlFor={passphrase}>{say.wallet.passphrase}</label>
        <input id={passphrase} name="passphrase" type="password" required autoComplete="current-password" />
      </div>
      <button type="submit" className="button">
        {say.wallet.restoreNow}
      </button>
      {error !== null && <Failure error={error} />}
    </form>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
