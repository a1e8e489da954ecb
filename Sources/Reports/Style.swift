/// How the page looks: colours of enough contrast in light and dark, tables that scroll by themselves on a phone.
enum Style {
    static let text = """
        :root{color-scheme:light dark;--bg:#fff;--fg:#1a1d21;--dim:#5a6270;--line:#d9dde3;--card:#f5f6f8;--bar:#8fa3bf;\
        --strong:#1f5fbf;--good:#176d37;--warn:#8a5200;--bad:#b3261e}
        @media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e8eaed;--dim:#a2abb8;--line:#333a44;--card:#1e2329;\
        --bar:#5d7391;--strong:#7fb2ff;--good:#6fd08c;--warn:#f0b25a;--bad:#ff8a80}}
        *{box-sizing:border-box}body{margin:0 auto;padding:1.2rem;max-width:62rem;background:var(--bg);color:var(--fg);\
        font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .4rem}
        p{margin:.3rem 0}.dim,footer,.axis{color:var(--dim);fill:var(--dim)}footer{margin-top:2rem;font-size:.85rem}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;background:var(--card);padding:.5rem}
        .headline{font-size:1.15rem;font-weight:600;padding:.7rem 1rem;margin:.8rem 0;background:var(--card);border-left:.4rem solid}
        .good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;list-style:none;padding:0;margin:1rem 0}
        .tiles li{background:var(--card);border-radius:.5rem;padding:.7rem .9rem}.tiles span,.tiles small{display:block;color:var(--dim);\
        font-size:.85rem}.tiles b{font-size:1.35rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}.scroll:focus-visible,a:focus-visible{outline:3px solid var(--strong);outline-offset:2px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.4rem .7rem;text-align:right;\
        border-bottom:1px solid var(--line);white-space:nowrap}th[scope=row],th:first-child{text-align:left;white-space:normal;\
        min-width:7rem}thead th{color:var(--dim);font-weight:600;font-size:.85rem}
        svg{display:block;font:13px system-ui,sans-serif;fill:var(--fg)}.gantt,.days{overflow:visible}.gantt rect{stroke-width:2}
        .grid{stroke:var(--line)}.plain{fill:var(--bar)}.critical{fill:var(--strong)}rect.failed{fill:var(--bad)}.axis{font-size:12px}
        .gantt .plain{stroke:var(--bar)}.gantt .critical{stroke:var(--strong)}.gantt .failed{stroke:var(--bad)}
        .also{margin:-.4rem 0 .8rem;padding-left:1.4rem}
        @media(max-width:30rem){.wide{display:none}}
        @media(max-width:40rem){thead{position:absolute;left:-99rem}tbody tr{display:grid;grid-template-columns:1fr 1fr;\
        gap:.3rem .8rem;padding:.7rem 0;border-bottom:1px solid var(--line)}tbody th,tbody td{display:block;border:0;padding:0;\
        text-align:left;white-space:normal}tbody th{grid-column:1/-1}td::before{content:attr(data-label);display:block;\
        color:var(--dim);font-size:.8rem}}
        .trend{fill:none;stroke:var(--strong);stroke-width:1.6}.flaky{fill:var(--warn)}.cross{stroke:var(--bad);stroke-width:2;fill:none}
        @media print{body{max-width:none;background:#fff;color:#000}.scroll{overflow:visible}section{break-inside:avoid}.skip{display:none}}
        """
}
