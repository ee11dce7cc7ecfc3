/** Dialogs that ask back before something is done. */

import { createContext, useCallback, useContext, useState, type ReactNode } from "react";
import type { Confirm } from "../types";
import { Dialog } from "./Dialog";

type Ask = (dialog: Confirm | undefined) => Promise<boolean>;

const ConfirmContext = createContext<Ask>(async () => true);

/** Asks, and answers whether one means it; without a dialog at once. */
export const useConfirm = () => useContext(ConfirmContext);

interface Question {
  dialog: Confirm;
  answer: (meant: boolean) => void;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const ask = useCallback<Ask>(async (dialog) => {
    if (!dialog) return true;
    return new Promise((resolve) => {
      setQuestion({
        dialog,
        answer: (meant) => {
          setQuestion(null);
          resolve(meant);
        },
      });
    });
  }, []);
  const danger = question?.dialog.style === "danger";
  return (
    <ConfirmContext value={ask}>
      <div className="under" inert={!!question}>
        {children}
      </div>
      {question && (
        <Dialog title={question.dialog.title.text} role="alertdialog" onEscape={() => question.answer(false)}>
          <div className="dialog-body">{question.dialog.text.text}</div>
          <footer>
            <button type="button" className="button plain" onClick={() => question.answer(false)}>
              {question.dialog.deny.text}
            </button>
            <button type="button" className={`button ${danger ? "danger" : "primary"}`} onClick={() => question.answer(true)}>
              {question.dialog.confirm.text}
            </button>
          </footer>
        </Dialog>
      )}
    </ConfirmContext>
  );
}
