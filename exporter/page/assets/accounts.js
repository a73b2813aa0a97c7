// The accounts' names, which are shown only where there are several accounts.

let names = new Map();

/** What an account is called: the user's name for it, else its label. */
export const titleOf = ({ account, name }) => (name === account ? `Account ${account}` : name);

/** Keeps the names of the accounts in use. */
export function keepNames(accounts) {
  names = new Map(accounts.map((account) => [account.account, titleOf(account)]));
}

/** The name of the account with this label; one that is no longer in use has only its label. */
export const accountName = (label) => names.get(label) ?? titleOf({ account: label, name: label });

/** Whether the accounts in use, and those of `items`, are more than one. */
export const areSeveral = (items = []) => new Set([...names.keys(), ...items.map((item) => item.account)]).size > 1;

/** A plan's name for people: "Max 20x" for default_claude_max_20x. */
export function planName(plan) {
  const name = plan.replace(/^(default_)?(claude_)?/, "").replaceAll("_", " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}
