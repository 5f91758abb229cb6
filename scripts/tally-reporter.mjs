/** Closes a run with what was skipped, by name, and one plain line of totals that any CI can read. */
export default class TallyReporter {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 }
    const skipped = new Set()
    for (const module of modules) {
      // A file that failed to load holds no tests, and must not look like a pass.
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) count.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') count.passed++
        else if (state === 'failed') count.failed++
        else {
          count.skipped++
          skipped.add(test.fullName)
        }
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`)
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}
