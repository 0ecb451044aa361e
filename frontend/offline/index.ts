/** Before the tab starts in a page that holds its own data: what it asks for comes from there, and no request is made. */
import { Answers } from "./answers";
import { Blocks } from "./blocks";
import { follow } from "./theme";

const answers = new Answers(new Blocks(document), parent !== window);
window.fetch = (address) => answers.answer(String(address));
follow(window);
