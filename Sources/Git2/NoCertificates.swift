#if os(Linux)

    /// Stands in for the function of mbed TLS that reads a file of certificates.
    ///
    /// Where libgit2 is built with mbed TLS (Debian, Ubuntu) it reads all certificates of the system whenever it starts,
    /// which takes more time than everything else until HEAD is read. The suite never speaks TLS through libgit2, and if
    /// it did, no server would be trusted. The dynamic linker finds this function before the one of the library.
    @_cdecl("mbedtls_x509_crt_parse_file")
    package func readNoCertificates(_ chain: UnsafeMutableRawPointer?, _ path: UnsafePointer<CChar>?) -> Int32 { 0 }

#endif
