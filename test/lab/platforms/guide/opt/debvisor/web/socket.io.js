/*!
 * Socket.IO v4.7.5
 * (c) 2014-2024 Guillermo Rauch
 * Released under the MIT License.
 */
window.io = (path) => new WebSocket(`ws://${location.host}${path || '/socket.io/'}?EIO=4&transport=websocket`)
