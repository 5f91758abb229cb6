/** The seed of all random choices in a run; SLUICE_SEED repeats one that was printed. */
export const SEED = Number(process.env['SLUICE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
