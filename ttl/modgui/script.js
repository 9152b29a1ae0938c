/* SPDX-License-Identifier: ISC */
/* MOD shows the name of a file only if its own list holds the file. This shows any: those of the
 * bundle, and those that the plugin stepped to. */
function (event) {
    function show(uri, path) {
        var name = (path || '').replace(/^.*\//, '')
        event.icon.find('[mod-role=input-parameter-value]').filter(function () {
            return this.getAttribute('mod-parameter-uri') === uri
        }).text(name || 'none')
    }
    if (event.type === 'start')
        event.parameters.forEach(function (parameter) { show(parameter.uri, parameter.value) })
    else if (event.type === 'change' && event.uri)
        show(event.uri, event.value)
}
