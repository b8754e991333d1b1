@echo off
rem A server, two chat clients and the web page, by a double click: the same as "py dev.py demo".
setlocal
cd /d "%~dp0"

set "PYTHON=py -3"
%PYTHON% --version >nul 2>nul && goto found
set "PYTHON=python"
%PYTHON% --version >nul 2>nul && goto found
echo Papo needs Python 3.11 or newer, and there is none here.
echo Install it from https://www.python.org/downloads/ and try again.
pause
exit /b 2

:found
%PYTHON% dev.py demo %*
set "CODE=%ERRORLEVEL%"
if not "%CODE%"=="0" pause
exit /b %CODE%
