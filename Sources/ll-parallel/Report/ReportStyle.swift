/// How a report looks: light and dark, on a telephone and on a wall.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light dark;
      --text: #1c2128; --quiet: #57606a; --page: #ffffff; --panel: #f3f5f7; --line: #d0d7de;
      --good: #1a7f37; --bad: #b42318; --wait: #8a5a00;
      --setup: #8c959f; --agent: #4589d8; --queued: #d9b44a; --landing: #2f9e57; --ending: #b7a3d9; }
    @media (prefers-color-scheme: dark) { :root {
      --text: #e6edf3; --quiet: #9da7b3; --page: #0f1318; --panel: #1a2028; --line: #39424d;
      --good: #56d364; --bad: #ff8178; --wait: #e3b341;
      --setup: #6e7681; --agent: #4b8fe0; --queued: #c79a2c; --landing: #3fb964; --ending: #9a83c9; } }
    * { box-sizing: border-box; }
    body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
    main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
    h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
    p.facts { color: var(--quiet); margin: .25rem 0; }
    .counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; margin: 1rem 0; }
    .counts li { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .75rem; }
    .counts b { font-size: 1.3rem; margin-right: .35rem; }
    .good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
    .lane { display: grid; grid-template-columns: 2rem 1fr; align-items: center; margin: 3px 0; }
    .lane > span { color: var(--quiet); font-size: .85rem; }
    .track { position: relative; height: 1.4rem; background: var(--panel); border-radius: 3px; overflow: hidden; }
    .track i { position: absolute; top: 0; bottom: 0; min-width: 1px; border-right: 1px solid var(--page); }
    .set-up { background: var(--setup); } .agent { background: var(--agent); } .queued { background: var(--queued); }
    .landing { background: var(--landing); } .ending { background: var(--ending); }
    .key { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; color: var(--quiet); font-size: .85rem; }
    .key i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .35rem; vertical-align: -1px; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; }
    caption { text-align: left; color: var(--quiet); font-size: .85rem; padding: .25rem 0; }
    th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); }
    th.number { text-align: right; }
    td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    td.reason { color: var(--quiet); white-space: pre-line; overflow-wrap: anywhere; }
    code, pre { font: .85rem/1.45 ui-monospace, monospace; }
    details { border-bottom: 1px solid var(--line); }
    summary { padding: .5rem 0; cursor: pointer; overflow-wrap: anywhere; }
    summary:focus-visible { outline: 2px solid var(--agent); }
    pre { background: var(--panel); border-radius: .5rem; padding: .75rem; margin: 0 0 1rem; overflow-x: auto; }
    footer { color: var(--quiet); font-size: .85rem; margin: 2rem 0; }
    @media (max-width: 40rem) {
      table, caption, tbody, tr, td, th[scope=row] { display: block; width: 100%; }
      thead { position: absolute; left: -9999px; }
      tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
      th, td { border: 0; padding: .1rem 0; }
      th.number { text-align: right; }
    td.number { text-align: left; display: inline-block; width: auto; margin-right: 1rem; }
      td:empty { display: none; }
    }
    """
}
