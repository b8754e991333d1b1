// The dialogs by name (actions.openDialog). Each gets the network and what it is about.

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
import { UserCard } from "./user_card.js";

/** @type {Record<string, any>} */
export const DIALOGS = {
  account: Account, browse: ChannelList, channel: ChannelDialog, date: GoToDay, delete: DeleteMessage, emoji: EmojiPicker,
  help: Help, invite: Invite, palette: Palette, person: UserCard, picture: Picture, settings: Preferences,
};
