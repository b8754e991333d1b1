// The open dialog: one component for each name (actions.openDialog), which gets what it is about.

import { html } from "../html.js";
import { dialog } from "../view.js";
import { Account } from "./account.js";
import { ChannelDialog } from "./channel.js";
import { ChannelList } from "./channel_list.js";
import { DeleteMessage } from "./delete_message.js";
import { EmojiPicker } from "./emoji_picker.js";
import { GoToDay } from "./go_to_day.js";
import { Help } from "./help.js";
import { Invite } from "./invite.js";
import { Palette } from "./palette.js";
import { Picture } from "./picture.js";
import { Preferences } from "./preferences.js";
import { SecondFactor } from "./second_factor.js";
import { UserCard } from "./user_card.js";

/** @type {Record<string, any>} */
const DIALOGS = {
  account: Account, browse: ChannelList, channel: ChannelDialog, date: GoToDay, delete: DeleteMessage, emoji: EmojiPicker,
  help: Help, invite: Invite, palette: Palette, person: UserCard, picture: Picture, factor: SecondFactor, settings: Preferences,
};

/** @param {{network: import("../../state/network.js").Network}} props */
export function Dialogs({ network }) {
  const open = dialog.value;
  const Component = open && DIALOGS[open.name];
  if (!Component) return null;
  const key = `${open.name} ${typeof open.about === "string" ? open.about : ""}`;
  return html`<${Component} key=${key} network=${network} about=${open.about} />`;
}
