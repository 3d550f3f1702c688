//! The Dockerfile and docker-compose.yml, without Docker: each path, port, variable and command in them exists in the project.

mod compose;
mod dockerfile;
mod environment;
mod files;
mod start;
