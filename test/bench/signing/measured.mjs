/** Runs once and prints wall and CPU seconds, and the peak of memory (ru_maxrss) in MiB. */
export async function measured(work) {
  const begin = performance.now()
  const cpu = process.cpuUsage()
  const bytes = await work()
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    JSON.stringify({
      bytes,
      seconds: (performance.now() - begin) / 1000,
      cpu: (user + system) / 1e6,
      rss: process.resourceUsage().maxRSS / 1024,
    }),
  )
}
