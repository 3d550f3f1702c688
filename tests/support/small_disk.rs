//! A file system of some megabytes, in memory, that can be filled to the last byte.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use uuid::Uuid;

/// Unmounted with this value.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None without the permission to mount.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("colloquy-disk-{}", Uuid::now_v7().simple()));
        fs::create_dir(&folder).unwrap();
        let options = format!("size={megabytes}m,mode=755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        fs::remove_dir(&folder).unwrap();
        None
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves no room for anything.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        for size in [1024 * 1024, 4096, 1] {
            let zeros = vec![0; size];
            let error = loop {
                if let Err(error) = ballast.write_all(&zeros) {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).output();
        if !unmounted.is_ok_and(|output| output.status.success()) {
            eprintln!("{} was not unmounted", self.0.display());
        }
        let _ = fs::remove_dir(&self.0);
    }
}
