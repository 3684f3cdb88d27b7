/** What stands where a secret stood. It holds no quote, comma or line end, so CSV and JSON around it still parse. */
export const MARK = '[redacted]'
