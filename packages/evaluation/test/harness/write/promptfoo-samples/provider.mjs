/** Knows a flight's delay from its number; `lost` flights a version gets wrong that another gets right. */
export default class Flights {
  constructor({ id, config }) {
    this.name = id ?? 'flights'
    this.lost = config.lost
  }

  id() {
    return this.name
  }

  async callApi(prompt) {
    const flight = Number(/\d+/.exec(prompt)[0])
    const hard = (flight * 7919) % 10 < 3
    const late = flight % 2 === 0
    return { output: late === (hard || flight < this.lost) ? 'on time' : 'late' }
  }
}
