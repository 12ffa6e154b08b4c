// What each member of a family of processes draws (family.ts). Imported by the parent, its children and snapshot bundles.
import { atfork, random, seeded } from 'atfork'

const hex = (bytes) => Buffer.from(bytes).toString('hex')
let control

/** Draws what the plan says. The control goes on where a snapshot's builder left it, as unprotected state does. */
export function draw(plan, parent) {
  if (parent) random(plan.before)
  else if (plan.atfork) atfork()
  if (parent || control === undefined) control = seeded(plan.seed)
  return { random: plan.sizes.map((n) => hex(random(n))), control: plan.sizes.map((n) => hex(control(n))) }
}
