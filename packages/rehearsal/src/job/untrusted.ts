/**
 * What strangers write: its text must not be put into a script, where it would run (docs.github.com, "Script
 * injections"; the contexts that GitHub's CodeQL query `actions/code-injection` takes for sources).
 */
const STRANGERS = [
  /\bgithub\.head_ref\b/,
  /\bgithub\.event\.(issue|pull_request|discussion)\.(title|body)\b/,
  /\bgithub\.event\.(comment|review|review_comment)\.body\b/,
  /\bgithub\.event\.pull_request\.head\.(ref|label|repo\.(default_branch|description|homepage|name|full_name))\b/,
  /\bgithub\.event\.(head_commit|commits(\[[^\]]*\]|\.\*))\.(message|(author|committer)\.(name|email|username))\b/,
  /\bgithub\.event\.pages(\[[^\]]*\]|\.\*)\.page_name\b/,
  /\bgithub\.event\.workflow_run\.(head_branch|display_title|head_commit\.(message|author\.(name|email)))\b/,
]

/** The first context in a script's template that strangers write; undefined when there is none. */
export function untrustedIn(script: string): string | undefined {
  for (const [, expression] of script.matchAll(/\$\{\{([\s\S]*?)\}\}/g)) {
    // Brackets are another way of writing the dots.
    const dotted = expression!.replaceAll(/\[\s*'([\w-]+)'\s*\]/g, '.$1')
    for (const pattern of STRANGERS) {
      const found = pattern.exec(dotted)
      if (found !== null) return found[0]
    }
  }
  return undefined
}
