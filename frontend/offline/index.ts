/** Before the tab starts in a page that holds its own data: what it asks for comes from there, and no request is made. */
import { Answers } from "./answers";
import { Blocks } from "./blocks";
import { tellUnprinted } from "./printing";
import { follow } from "./theme";

const framed = parent !== window;
const answers = new Answers(new Blocks(document), framed);
window.fetch = (address) => answers.answer(String(address));
follow(window);
if (framed) tellUnprinted(window);
