import * as z from 'zod'

const NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
const CRON = '^[^ ]+( [^ ]+){4}$'
const AGE = '^[1-9][0-9]{0,4}[hdw]$'

/** A text that the API server judges by a rule, as what it says of a pattern is the pattern alone. */
const text = (pattern: string, max: number, message: string) =>
  z
    .string()
    .max(max)
    .refine((value) => new RegExp(pattern).test(value), message)
    .meta({ 'x-kubernetes-validations': [{ rule: `self.matches('${pattern}')`, message }] })

/** A time such as 36h, 30d or 8w. */
export const AgeSchema = text(AGE, 16, 'must be like 36h, 30d or 8w')

/** When backups are made by themselves, and how long they are kept. */
export const ScheduleSchema = z.object({
  name: text(NAME, 24, 'must be a name of lower-case letters, digits and dashes').describe(
    'Part of the names of its backups.',
  ),
  cron: text(CRON, 200, 'must have five fields: minute, hour, day of month, month, day of week').describe(
    'Minute, hour, day of month, month, day of week.',
  ),
  timeZone: z.string().min(1).max(64).default('UTC').describe('Name of a time zone, such as Europe/Berlin.'),
  store: z.string().min(1).max(63).optional().describe('Name of one of the stores; the first when absent.'),
  retention: z
    .object({
      count: z.int32().min(1).max(1000).optional().describe('So many good ones are kept.'),
      age: AgeSchema.optional().describe('Those that are older are removed.'),
    })
    .optional()
    .describe('The newest good one, and the newest that was verified, are always kept. All are when absent.'),
  verify: z.boolean().default(false).describe('Restore each to a server of its own, and compare.'),
  suspend: z.boolean().default(false).describe('Begin none until this is false again.'),
})
export type Schedule = z.output<typeof ScheduleSchema>
