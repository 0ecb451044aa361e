/** The help: keys, and where the pictures differ from the stock charts on purpose. */
import { html, type TemplateResult } from "lit";

export const help = (reset: () => void): TemplateResult => html`<dialog aria-label="Help">
  <h2>Keys</h2>
  <dl>
    <dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>walk the findings</dd>
    <dt><kbd>[</kbd> <kbd>]</kbd></dt><dd>previous, next record</dd>
    <dt><kbd>←</kbd><kbd>↑</kbd><kbd>↓</kbd><kbd>→</kbd></dt><dd>in the heatmap: move the cell; Enter shows its tensor</dd>
    <dt><kbd>/</kbd></dt><dd>filter tensors</dd>
    <dt><kbd>Esc</kbd></dt><dd>let go of the step, then back to the finding</dd>
    <dt><kbd>?</kbd></dt><dd>this help</dd>
  </dl>
  <h2>The twin and the stock chart</h2>
  <ul>
    <li>Bins and curves are those of the Time Series card: 30 bins over the joint range of the steps shown.</li>
    <li>A step with NaN or infinity is marked and left out; it does not blank the chart.</li>
    <li>A tensor of one value is a spike, not a slab, and is shown below −10 too, where the stock chart is empty.</li>
    <li>Bucket edges that TensorBoard's data server turns round are put right, so that no value is lost.</li>
    <li>Relative and wall times are true; the stock charts take seconds for milliseconds.</li>
    <li>One step shows its buckets as they were logged.</li>
    <li>Bands are those of the Distributions tab, with 6.68, 15.87, 30.85, 50, 69.15, 84.13 and 93.32 % between both ends; a bucket is not stretched over the gap before it.</li>
    <li>Log values are logarithmic on both sides of 0; bins are equally wide as drawn.</li>
  </ul>
  <h2>Settings</h2>
  <p>How things are shown lasts in this browser; a link wins over it. <button class="btn" @click=${reset}>Reset</button></p>
  <form method="dialog"><button class="btn" autofocus>Close</button></form>
</dialog>`;
