# ruff: noqa: E501 - style sheets as people write them
"""What the style sheets of other people's frames say of plain elements: the rules that reach into a guest's page."""

BOOTSTRAP = """
*, ::after, ::before { box-sizing: border-box }
body { margin: 0; font-family: Georgia, serif; font-size: 1.25rem; line-height: 1.9; color: #7a0000; background-color: #fffbe6;
  text-align: center; letter-spacing: .05em }
hr { margin: 1rem 0; border: 0; border-top: 1px solid; opacity: .25 }
h1, h2, h3, h4, h5, h6 { margin-top: 0; margin-bottom: .5rem; font-weight: 500; line-height: 1.2; color: #003 }
h1 { font-size: 2.5rem } h2 { font-size: 2rem } h3 { font-size: 1.75rem }
p { margin-top: 0; margin-bottom: 1rem }
abbr[title] { text-decoration: underline dotted; cursor: help }
ol, ul { padding-left: 2rem } dl, ol, ul { margin-top: 0; margin-bottom: 1rem }
dt { font-weight: 700 } dd { margin-bottom: .5rem; margin-left: 0 }
b, strong { font-weight: bolder } small { font-size: .875em }
a { color: rgb(200 0 200); text-decoration: underline } a:hover { color: rgb(100 0 100) }
img, svg { vertical-align: middle }
table { caption-side: bottom; border-collapse: collapse } caption { padding: .5rem 0; color: #6c757d; text-align: left }
th { text-align: inherit } tbody, td, tfoot, th, thead, tr { border-color: inherit; border-style: solid; border-width: 0 }
label { display: inline-block } button { border-radius: 0 }
button, input, optgroup, select, textarea { margin: 0; font-family: inherit; font-size: inherit; line-height: inherit }
fieldset { min-width: 0; padding: 0; margin: 0; border: 0 }
legend { float: left; width: 100%; padding: 0; margin-bottom: .5rem; font-size: 1.5rem; line-height: inherit }
summary { display: list-item } textarea { resize: vertical }
[type=search] { outline-offset: -2px; -webkit-appearance: textfield }
"""
TAILWIND = """
*, ::before, ::after { box-sizing: border-box; border-width: 0; border-style: solid; border-color: #e5e7eb; margin: 0; padding: 0 }
html { line-height: 1.5; font-family: ui-serif, Georgia, serif; tab-size: 4 }
body { margin: 0; line-height: inherit; color: #0a5 }
h1, h2, h3, h4, h5, h6 { font-size: inherit; font-weight: inherit }
a { color: inherit; text-decoration: inherit } b, strong { font-weight: bolder } small { font-size: 80% }
table { text-indent: 0; border-color: inherit; border-collapse: collapse }
button, input, optgroup, select, textarea { font-family: inherit; font-size: 100%; font-weight: inherit; line-height: inherit;
  letter-spacing: inherit; color: inherit; margin: 0; padding: 0 }
button, [type=button], [type=reset], [type=submit] { background-color: transparent; background-image: none }
ol, ul, menu { list-style: none } fieldset, legend { padding: 0; margin: 0 } textarea { resize: vertical }
img, svg, video, canvas, audio, iframe, embed, object { display: block; vertical-align: middle }
[type=text], [type=date], [type=time], [type=search], textarea, select { appearance: none; background-color: #ff9;
  border-color: #6b7280; border-width: 3px; border-radius: 0; padding: 1rem; font-size: 1.5rem; line-height: 2rem }
[type=checkbox], [type=radio] { appearance: none; height: 2rem; width: 2rem; color: #2563eb; background-color: #9ff }
"""
ADMINLTE = """
body { font-size: 1.1rem; font-weight: 300; line-height: 1.5; color: #212529; text-align: left; background-color: #f4f6f9 }
label:not(.form-check-label):not(.custom-file-label) { font-weight: 700 } label { display: inline-block; margin-bottom: .5rem }
h1, h2, h3 { margin-bottom: .5rem; font-family: Impact; font-weight: 500; line-height: 1.2; text-transform: uppercase }
a { color: #c60; text-decoration: none; background-color: transparent; transition: color .3s } a:hover { text-decoration: none }
p { margin: 0 0 2rem } ul, ol, dl { margin: 0 0 1rem } th { text-align: inherit; text-transform: uppercase }
table { border-collapse: separate; border-spacing: 6px; width: 100% } td, th { padding: 1.5rem; border: 2px solid #dee2e6 }
nav { background: #343a40 } nav ul { display: block } nav li { float: left; margin: 1rem } nav a { padding: 1rem; color: #fff }
section { padding: 3rem } header { background: #222; padding: 1rem } article { margin: 3rem; border: 5px solid }
button { font-weight: 700; text-transform: uppercase; border: 4px outset; padding: 2rem }
input, select, textarea { width: 100%; height: 3rem; border: 4px inset; box-shadow: 0 0 8px red }
input:focus, button:focus, a:focus { outline: 0 } form { margin-block-end: 1em; padding: 1rem } svg { overflow: hidden }
"""
SHEETS = {"bootstrap": BOOTSTRAP, "tailwind": TAILWIND, "adminlte": ADMINLTE}
HOST = """
<header><nav><ul><li><a href="#a">Home</a></li></ul></nav></header>
<section class="ad-none card"><h1>Sales</h1><h2>Today</h2><p>Words <strong>bold</strong> <small>small</small> <a href="#b">link</a></p>
<ul><li>One</li></ul><ol><li>Two</li></ol><dl><dt>Term</dt><dd>Fact</dd></dl><hr>
<table><caption>Orders</caption><thead><tr><th>Id</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>
<form><fieldset><legend>New</legend><label for="q">Name</label><input id="q"><input type="search"><input type="date">
<input type="checkbox"><input type="radio"><select><option>1</option></select><textarea></textarea><button>Save</button></fieldset></form>
<details><summary>More</summary><p>Text</p></details><svg width="9" height="9"><path d="M0 0h9v9z"/></svg><abbr title="x">a</abbr></section>
"""
"""A page of the host's own, with one of everything."""
