import { type KeyboardEvent, useState } from "react";
import { say } from "../strings";
import { Dialog } from "../ui/basics";
import { COMMANDS, type CommandId, keysOf, pressed, rebind, resetKeys } from "./commands";

/** Every command with its keys, made from the list that the keyboard obeys; each can be given another key. */
export function KeySheet({ open, close }: { open: boolean; close: () => void }) {
  return (
    <Dialog open={open} title={say.review.keys} close={close}>
      <Keys />
    </Dialog>
  );
}

function Keys() {
  const [waiting, setWaiting] = useState<CommandId | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const press = (event: KeyboardEvent) => {
    if (!waiting || event.key === "Shift" || event.key === "Control" || event.key === "Alt" || event.key === "Meta")
      return;
    event.preventDefault();
    event.stopPropagation();
    setProblem(rebind(waiting, pressed(event)));
    setWaiting(null);
  };
  return (
    <>
      <p className="quiet">{say.review.yourKeys}</p>
      {problem && <p className="note bad">{problem}</p>}
      <table>
        <tbody>
          {COMMANDS.map((command) => (
            <tr key={command.id}>
              <td>{command.title}</td>
              <td>
                <button
                  type="button"
                  className="button"
                  onClick={() => setWaiting(command.id)}
                  onKeyDown={press}
                  aria-label={`${command.title}: ${keysOf(command.id).join(", ")}`}
                >
                  {waiting === command.id
                    ? say.review.pressKey
                    : keysOf(command.id).map((key) => <kbd key={key}>{key}</kbd>)}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="button"
        onClick={() => {
          resetKeys();
          setProblem(null);
          setWaiting(null);
        }}
      >
        {say.review.reset}
      </button>
    </>
  );
}
