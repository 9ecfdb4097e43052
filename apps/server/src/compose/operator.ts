/** Who opens an installation, and has to hear of it at once: what comes after may fail, or end. */
export interface Operator {
  /** Something takes long. */
  onNotice(message: string): void;
  /** A master key was made in this file, which the operator should back up. */
  newMasterKey(file: string): void;
}

/** The person who runs a command. */
export const ON_STANDARD_ERROR: Operator = {
  onNotice: (message) => console.error(message),
  newMasterKey: (file) => console.error(`${newMasterKeyText(file)}\n`),
};

/** Where the store is not for keeping. */
export const SILENT: Operator = { onNotice() {}, newMasterKey() {} };

/** That a master key was made, in two sentences. */
export function newMasterKeyText(file: string): string {
  return `A new master key was made: ${file}\n${BACK_IT_UP}`;
}

export const BACK_IT_UP = 'Back this file up now, apart from the database: without it no secret can be read.';
