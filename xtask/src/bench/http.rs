//! A client that costs next to nothing: one kept connection, one request at a time.
//!
//! Only what the measured servers answer is understood: a status line, headers, a body of
//! known length or in chunks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// One kept connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    /// Connects to `host:port`.
    pub fn open(host: &str) -> Result<Connection> {
        let stream = TcpStream::connect(host).with_context(|| format!("connecting to {host}"))?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::new(stream), host: host.to_owned() })
    }

    /// Posts `body`; gives the moment at which its last byte was handed over.
    pub fn send(&mut self, path: &str, headers: &str, body: &[u8]) -> Result<Instant> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        Ok(Instant::now())
    }

    /// Reads one answer to its end and gives its status.
    pub fn answer(&mut self) -> Result<u16> {
        let status = self.line()?;
        let code = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let (mut length, mut chunked) = (0, false);
        loop {
            let header = self.line()?.to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
        }
        match chunked {
            true => self.skip_chunks()?,
            false => self.skip(length)?,
        }
        code.with_context(|| format!("`{status}` is no status line"))
    }

    fn skip_chunks(&mut self) -> Result<()> {
        loop {
            let size = u64::from_str_radix(self.line()?.trim(), 16)?;
            self.skip(size)?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        std::io::copy(&mut self.stream.by_ref().take(bytes), &mut std::io::sink())?;
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.stream.read_line(&mut line)? > 0, "the connection was closed");
        Ok(line.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Connection;
    use std::io::{Read, Write};

    #[test]
    fn answers_are_read_from_one_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let chunked = "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
            let plain = "202 Accepted\r\nContent-Length: 2\r\n\r\nok";
            for answer in [plain, chunked, "401 Unauthorized\r\n\r\n"] {
                let mut request = [0; 512];
                assert!(stream.read(&mut request).unwrap() > 0);
                stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).unwrap();
            }
        });
        let mut connection = Connection::open(&host).unwrap();
        for expect in [202, 200, 401] {
            connection.send("/hooks/1", "X-A: b\r\n", b"{}").unwrap();
            assert_eq!(connection.answer().unwrap(), expect);
        }
        assert!(connection.answer().is_err());
        server.join().unwrap();
    }
}
