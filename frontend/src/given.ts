/** A property that only code sets, never an attribute: what an element is given to show. */
import { property } from "lit/decorators.js";

export const given = property({ attribute: false });
